console.log('cleaned up');
